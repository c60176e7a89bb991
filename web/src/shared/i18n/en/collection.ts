// A collection that editors put together.
export const collection = {
  whole: "See all",
} as const;
