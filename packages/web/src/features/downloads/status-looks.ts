import type { DownloadStatus } from '@hermes/contracts';
import {
  IconAlertTriangle,
  IconArrowDown,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconPlayerPause,
  IconSettings2,
} from '@tabler/icons-react';

/** How each status is named and drawn. The colour comes from the style sheet, by `data-status`. */
export const STATUS_LOOKS: Record<DownloadStatus, { label: string; Icon: typeof IconClock }> = {
  queued: { label: 'Queued', Icon: IconClock },
  downloading: { label: 'Downloading', Icon: IconArrowDown },
  processing: { label: 'Finishing', Icon: IconSettings2 },
  paused: { label: 'Paused', Icon: IconPlayerPause },
  completed: { label: 'Completed', Icon: IconCircleCheck },
  failed: { label: 'Failed', Icon: IconAlertTriangle },
  cancelled: { label: 'Cancelled', Icon: IconCircleX },
};
