// The speeds a film can be played at.

export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];

export function rateLabel(rate: number): string {
  return rate === 1 ? "Normal" : `${rate}×`;
}
