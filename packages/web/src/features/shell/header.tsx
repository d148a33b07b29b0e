import { ActionIcon } from '@mantine/core';
import { IconKeyboard, IconLogout2 } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ColourSchemeToggle } from './colour-scheme-toggle.tsx';
import { Logo } from './logo.tsx';
import './shell.css';

interface HeaderProps {
  /** The state of the connection; absent where there is none to show. */
  connection?: ReactNode;
  /** What else belongs beside it. */
  notifications?: ReactNode;
  onHelp?: () => void;
  /** Absent while nobody is logged in, and where no log-in is needed. */
  onLogOut?: (() => void) | undefined;
}

export function Header({ connection, notifications, onHelp, onLogOut }: HeaderProps) {
  return (
    <header className="header">
      <div className="header-inner">
        <Link className="header-brand" to="/" aria-label="Hermes, to the downloads">
          <Logo size={26} />
          <span>Hermes</span>
        </Link>
        <div className="header-actions">
          {connection}
          {notifications}
          {onHelp && (
            <ActionIcon
              data-hint="Keyboard shortcuts (?)"
              className="header-action header-help"
              variant="subtle"
              color="gray"
              aria-label="Keyboard shortcuts"
              onClick={onHelp}
            >
              <IconKeyboard size={18} stroke={1.75} />
            </ActionIcon>
          )}
          <ColourSchemeToggle />
          {onLogOut && (
            <ActionIcon
              data-hint="Log out"
              className="header-action"
              variant="subtle"
              color="gray"
              aria-label="Log out"
              data-testid="logout-button"
              onClick={onLogOut}
            >
              <IconLogout2 size={18} stroke={1.75} />
            </ActionIcon>
          )}
        </div>
      </div>
    </header>
  );
}
