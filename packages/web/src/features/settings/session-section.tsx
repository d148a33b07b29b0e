import { Button } from '@mantine/core';
import { IconLogout2 } from '@tabler/icons-react';
import { useLogOut } from '../auth/use-log-out.ts';

/** Nothing where no log-in is needed. */
export function SessionSection() {
  const logOut = useLogOut();
  if (logOut === null) return null;
  return (
    <section className="settings-section settings-session" aria-labelledby="session-title">
      <div>
        <h2 id="session-title">Session</h2>
        <p className="settings-detail">Logging out forgets this browser. Downloads go on.</p>
      </div>
      <Button
        variant="default"
        leftSection={<IconLogout2 size={16} stroke={1.75} />}
        onClick={logOut}
        data-testid="settings-logout"
      >
        Log out
      </Button>
    </section>
  );
}
