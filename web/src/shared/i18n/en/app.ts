// The frame around the screens, and what stands where there is none.
export const app = {
  accountMenu: "Account menu",
  accountMenuOf: "Account menu of {{name}}",
  home: "Home",
  homeLink: "Bijou, home",
  lost: {
    title: "Nothing is showing here",
    text: "The address is wrong, or what was here has left the programme.",
    out: "To the front door",
  },
  main: "Main",
  offline: "No connection. Everything goes on by itself once it is back.",
  offlineFrom: "No connection. This is how it was {{when}}.",
  newer: "There is a newer Bijou.",
  renew: "Load it",
  planAndAccount: "Plan and account",
  signedOut: "You were signed out on this device. Please sign in to go on.",
  skip: "Skip to the films",
} as const;
