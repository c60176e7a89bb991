// The dark over a large picture that lets the words on it be read: below on a phone, below and beside on wider screens.

export function Shades() {
  return (
    <>
      <div className="absolute inset-x-0 top-0 h-[62%] bg-linear-to-t from-curtain via-40% via-curtain/60 to-curtain/5 sm:h-full sm:to-transparent lg:via-15% lg:via-curtain/45" />
      <div className="absolute inset-y-0 start-0 hidden w-2/3 bg-linear-to-r from-curtain/90 via-45% via-curtain/60 to-transparent sm:block rtl:bg-linear-to-l" />
    </>
  );
}
