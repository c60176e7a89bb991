// A picture that has not come yet, blurred: a few patches of colour out of the thirty signs of its blurhash.
import { decode } from "blurhash";
import { memo } from "react";

/** More pixels show no more of so few patches; the browser smooths between them. */
const PIXELS = 16;

/** Painted once: its picture is drawn anew when that has come, and a wall has many. */
export const Blurred = memo(function Blurred({ blurhash }: { blurhash: string }) {
  return (
    <canvas
      ref={(canvas) => {
        if (canvas) paint(canvas, blurhash);
      }}
      width={PIXELS}
      height={PIXELS}
      className="absolute inset-0 size-full"
    />
  );
});

function paint(canvas: HTMLCanvasElement, blurhash: string): void {
  const context = canvas.getContext("2d");
  const pixels = pixelsOf(blurhash);
  if (!context || !pixels) return;
  const image = context.createImageData(PIXELS, PIXELS);
  image.data.set(pixels);
  context.putImageData(image, 0, 0);
}

/** RGBA of `PIXELS` in a square; null of what is no blurhash. */
export function pixelsOf(blurhash: string): Uint8ClampedArray | null {
  try {
    return decode(blurhash, PIXELS, PIXELS);
  } catch {
    return null;
  }
}
