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
      <path d="M16 9v17.5" />
      <path d="m10 20.5 6 6 6-6" />
      <path d="M11.7 13.8C6.9 13.6 3.4 10.8 2.2 5.5c2.7 1.9 5.9 2.9 9.5 3" />
      <path d="M20.3 13.8c4.8-.2 8.3-3 9.5-8.3-2.7 1.9-5.9 2.9-9.5 3" />
    </svg>
  );
}
