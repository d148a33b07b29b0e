import { type Download, isFinalStatus } from '@hermes/contracts';
import { useHermesApi } from '@hermes/react';
import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ConfirmDialog, type Question } from '../downloads/confirm-dialog.tsx';
import { ACTION_NAMES, DOWNLOAD_ACTIONS, type DownloadAction, describeLoss } from '../downloads/download-actions.ts';
import { PrioritySelect } from '../downloads/priority-select.tsx';
import { useDownloadActions } from '../downloads/use-download-actions.ts';

interface DownloadActionsBarProps {
  download: Download;
  /** Something was done to it: without a stream it has to be read again. */
  onDone: () => void;
}

export function DownloadActionsBar({ download, onDone }: DownloadActionsBarProps) {
  const api = useHermesApi();
  const navigate = useNavigate();
  const [question, setQuestion] = useState<Question | null>(null);
  const { act, changePriority, isPending } = useDownloadActions((action, ids) => {
    if (ids.length === 0) return;
    if (action === 'delete') void navigate({ to: '/queue', replace: true });
    else onDone();
  });
  const ids = [download.download_id];

  function ask(action: DownloadAction) {
    const { label, undo } = DOWNLOAD_ACTIONS[action];
    if (undo !== null) return act(action, { ids });
    setQuestion({
      title: `${label} this download?`,
      detail: describeLoss(action, [download]),
      confirm: `${label} it`,
      onConfirm: () => act(action, { ids }),
    });
  }

  return (
    <div className="download-actions">
      {download.status === 'completed' && (
        <Button
          component="a"
          href={api.fileUrl(download.download_id)}
          download
          leftSection={<IconDownload size={16} stroke={1.75} />}
          data-testid="save-file"
        >
          Save the file
        </Button>
      )}
      {ACTION_NAMES.filter((action) => DOWNLOAD_ACTIONS[action].fits(download.status)).map((action) => {
        const { label, Icon, undo } = DOWNLOAD_ACTIONS[action];
        return (
          <Button
            key={action}
            variant={action === 'retry' ? 'filled' : undo === null ? 'subtle' : 'light'}
            color={undo === null ? 'red' : 'aegean'}
            leftSection={<Icon size={16} stroke={1.75} aria-hidden="true" />}
            loading={isPending}
            onClick={() => ask(action)}
            data-testid={`action-${action}`}
          >
            {label}
          </Button>
        );
      })}
      {!isFinalStatus(download.status) && (
        <PrioritySelect
          label="Priority"
          value={download.priority}
          onChange={(priority) => changePriority(ids, priority)}
        />
      )}
      <ConfirmDialog question={question} onClose={() => setQuestion(null)} />
    </div>
  );
}
