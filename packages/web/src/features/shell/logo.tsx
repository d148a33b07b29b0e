/** An arrow on its way down, with the messenger's wings. Decorative: whoever uses it gives it a name. */
export function Logo({ size }: { size: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 32 32"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d="M16 5v21" />
      <path d="m9.6 20 6.4 6.5 6.4-6.5" />
      <path d="M12 7.2C8.3 6.8 4.6 8.6 2.5 12c2.2 1.9 5.6 2.6 9.5 2" />
      <path d="M20 7.2c3.7-.4 7.4 1.4 9.5 4.8-2.2 1.9-5.6 2.6-9.5 2" />
    </svg>
  );
}
