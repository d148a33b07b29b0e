import type { Download } from '@hermes/contracts';
import { Button, CloseButton } from '@mantine/core';
import { ACTION_NAMES, DOWNLOAD_ACTIONS, type DownloadAction } from '../downloads/download-actions.ts';
import { PrioritySelect } from '../downloads/priority-select.tsx';
import { fitting } from '../downloads/use-download-actions.ts';

interface BulkBarProps {
  selected: readonly Download[];
  /** How many there are in all of what is shown; null where that cannot be taken as a whole. */
  total: number | null;
  isWhole: boolean;
  onWhole: () => void;
  isPending: boolean;
  onAction: (action: DownloadAction) => void;
  onPriority: (priority: number) => void;
  onClear: () => void;
}

/** What can be done with the rows that are chosen; in the place of the filters, so that nothing moves. */
export function BulkBar(props: BulkBarProps) {
  const { selected, total, isWhole, onWhole, isPending, onAction, onPriority, onClear } = props;
  const count = isWhole && total !== null ? total : selected.length;
  return (
    <section className="bulk-bar" aria-label="Selection" data-testid="bulk-bar">
      <CloseButton aria-label="Choose nothing" onClick={onClear} />
      <strong className="bulk-count">{count.toLocaleString('en')} chosen</strong>
      {total !== null && total > selected.length && !isWhole && (
        <Button variant="subtle" size="compact-sm" onClick={onWhole} data-testid="choose-whole">
          All {total.toLocaleString('en')}
        </Button>
      )}
      <span className="bulk-actions">
        {ACTION_NAMES.map((action) => {
          const { label, Icon, undo } = DOWNLOAD_ACTIONS[action];
          return (
            <Button
              key={action}
              variant={undo === null ? 'subtle' : 'light'}
              color={undo === null ? 'red' : 'aegean'}
              size="compact-md"
              leftSection={<Icon size={16} stroke={1.75} aria-hidden="true" />}
              disabled={isPending || (!isWhole && fitting(action, selected).length === 0)}
              onClick={() => onAction(action)}
              data-testid={`bulk-${action}`}
            >
              {label}
            </Button>
          );
        })}
        <PrioritySelect label="Priority of what is chosen" value={null} onChange={onPriority} />
      </span>
    </section>
  );
}
