import { useConnection } from '@hermes/react';
import type { ReactNode } from 'react';
import { ConnectionBanner } from './connection-banner.tsx';
import './live-area.css';

interface LiveAreaProps {
  /** When what is shown last changed, in milliseconds since the epoch; 0 if it never came. Asked for while that matters. */
  updatedAt: () => number;
  /** Asking for it fails as well. */
  isFailing: boolean;
  className?: string;
  children: ReactNode;
}

/** Around whatever a page shows live: while it may be old, that is said above it, and it steps back. */
export function LiveArea({ updatedAt, isFailing, className = '', children }: LiveAreaProps) {
  const { state } = useConnection();
  return (
    <>
      <ConnectionBanner updatedAt={updatedAt} isFailing={isFailing} />
      <div className={`live-area ${className}`} data-connection={state}>
        {children}
      </div>
    </>
  );
}
