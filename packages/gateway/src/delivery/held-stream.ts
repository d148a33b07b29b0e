import type { Credential, SystemNotification } from '@hermes/contracts';

/** Who holds a stream. */
export interface StreamOrigin {
  /** Names its gateway, so that what concerns one connection can find it among many. */
  id: string;
  address: string;
  credential: Credential | null;
  credentialHash: string | null;
}

/** Why the server ends a stream. */
export const END_REASONS = ['shutdown', 'max_age', 'revoked', 'expired', 'slow', 'overflow', 'internal'] as const;
export type EndReason = (typeof END_REASONS)[number];

/** A response that stays open: it counts, and can be ended from outside. */
export interface HeldStream {
  readonly origin: StreamOrigin;
  /** Resolves when it has ended, whoever ended it. */
  readonly closed: Promise<void>;
  end(reason: EndReason, retryAfterMs?: number): void;
  /** Something that concerns this gateway alone. */
  notify(notification: SystemNotification): void;
}
