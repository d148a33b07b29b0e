import type { Operations } from './operation.ts';
import { actionOperations } from './operations/action-operations.ts';
import { downloadOperations } from './operations/download-operations.ts';
import { eventOperations } from './operations/event-operations.ts';
import { historyOperations } from './operations/history-operations.ts';
import { serviceOperations } from './operations/service-operations.ts';
import { storageOperations } from './operations/storage-operations.ts';

/** Every operation below `/api/v1`, those of the events service included: it is on the same origin. */
export const OPERATIONS: Operations = {
  ...downloadOperations,
  ...actionOperations,
  ...historyOperations,
  ...storageOperations,
  ...eventOperations,
  ...serviceOperations,
};
