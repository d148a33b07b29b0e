import type { PublicConfig } from '@hermes/contracts';
import { createContext, useContext } from 'react';

interface Session {
  config: PublicConfig;
  /** The one-use code that the page was opened with; null without one, and once it has been used. */
  loginCode: string | null;
  /** Somebody else is logged in, or nobody: what was fetched for the one before is forgotten, and their stream closed. */
  renew: () => void;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('useSession needs a SessionContext above it');
  return session;
}
