// My List, and what is waited for.
export const mylist = {
  emptyTitle: "Nothing on your list yet",
  emptyText: "Press “My List” on anything you would like to keep for later. It will wait for you here.",
  find: "Find something",
  arrived: "Now here",
  waiting: "You are waiting for",
} as const;
