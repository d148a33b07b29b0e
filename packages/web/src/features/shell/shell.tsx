import { useConnection } from '@hermes/react';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { leadToLogin } from '../auth/unauthenticated.ts';
import { useLogOut } from '../auth/use-log-out.ts';
import { ConnectionBadge } from '../connection/connection-badge.tsx';
import { NotificationToggle } from '../notifications/notification-toggle.tsx';
import { DESTINATIONS } from './destinations.ts';
import { Header } from './header.tsx';
import { HelpSheet } from './help-sheet.tsx';
import { Navigation } from './navigation.tsx';
import { useFocusOnNavigation } from './use-focus-on-navigation.ts';
import { useShortcuts } from './use-shortcuts.ts';

/** The frame of every page: header, navigation, help, and the one `main` that the pages are drawn in. */
export function Shell() {
  const main = useRef<HTMLElement>(null);
  const [helpOpened, setHelpOpened] = useState(false);
  const logOut = useLogOut();
  const navigate = useNavigate();
  const connection = useConnection();

  useFocusOnNavigation(main);
  useEffect(() => leadToLogin(connection.error), [connection.error]);
  useShortcuts({
    '?': () => setHelpOpened(true),
    ...Object.fromEntries(DESTINATIONS.map(({ to, shortcut }) => [`g ${shortcut}`, () => void navigate({ to })])),
  });

  return (
    <>
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <Header
        connection={<ConnectionBadge />}
        notifications={<NotificationToggle />}
        onHelp={() => setHelpOpened(true)}
        onLogOut={logOut ?? undefined}
      />
      <div className="shell">
        <Navigation />
        <main className="shell-main" id="content" ref={main} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      {helpOpened && <HelpSheet onClose={() => setHelpOpened(false)} />}
    </>
  );
}
