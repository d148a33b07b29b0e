/** A petabyte; sums of a few of them are still exact. */
const LARGEST = 2 ** 50;

/** A number as yt-dlp's JSON may have it: as text, or as nothing. null: it says nothing, or what no size can be. */
export function toAmount(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && number >= 0 && number <= LARGEST ? number : null;
}
