import type { IconClock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import './page-message.css';

interface PageMessageProps {
  Icon: typeof IconClock;
  title: string;
  detail: string;
  /** h1 where it is all that the page has. */
  heading?: 'h1' | 'h2';
  role?: 'alert';
  /** What to do next. */
  children?: ReactNode;
}

/** In the place of what a page would show: it is empty, it failed, it does not exist. */
export function PageMessage({ Icon, title, detail, heading: Heading = 'h2', role, children }: PageMessageProps) {
  return (
    <div className="page-message" role={role}>
      <Icon size={40} stroke={1.5} aria-hidden="true" />
      <Heading>{title}</Heading>
      <p>{detail}</p>
      {children}
    </div>
  );
}
