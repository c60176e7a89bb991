// A collection that editors put together.
export const collection = {
  gone: {
    title: "This collection has closed",
    text: "It may be over, or it is not shown in your country or on this profile.",
  },
  whole: "See all",
} as const;
