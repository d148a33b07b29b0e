import { Button } from '@mantine/core';
import { Logo } from './logo.tsx';

interface FullPageMessageProps {
  title: string;
  detail: string;
  onRetry: () => void;
}

/** For when there is nothing else to show: the server was not reached at all. */
export function FullPageMessage({ title, detail, onRetry }: FullPageMessageProps) {
  return (
    <main className="full-page" role="alert">
      <Logo size={40} />
      <h1>{title}</h1>
      <p>{detail}</p>
      <Button onClick={onRetry}>Try again</Button>
    </main>
  );
}
