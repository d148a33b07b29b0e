import type { ReactNode } from 'react';
import './page-head.css';

/** The name of a page, and what concerns all of it. */
export function PageHead({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="page-head">
      <h1>{title}</h1>
      {children}
    </div>
  );
}
