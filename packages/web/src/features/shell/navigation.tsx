import { IconDots } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useId, useRef } from 'react';
import { DESTINATIONS } from './destinations.ts';
import './navigation.css';

/** A rail at the side of a wide window, a bar along the bottom of a phone. */
export function Navigation() {
  return (
    <nav className="navigation" aria-label="Pages">
      <ul>
        {DESTINATIONS.map((destination) => (
          <li key={destination.to} className={destination.primary ? undefined : 'navigation-secondary'}>
            <Destination {...destination} />
          </li>
        ))}
        <li className="navigation-more">
          <More />
        </li>
      </ul>
    </nav>
  );
}

/** On a phone: what the bar has no room for. */
function More() {
  const sheet = useRef<HTMLDivElement>(null);
  const id = useId();
  return (
    <>
      <button type="button" className="navigation-link" popoverTarget={id} data-testid="navigation-more">
        <IconDots size={20} stroke={1.75} aria-hidden="true" />
        <span>More</span>
      </button>
      <div ref={sheet} id={id} className="navigation-sheet" popover="auto">
        <ul>
          {DESTINATIONS.filter(({ primary }) => !primary).map((destination) => (
            <li key={destination.to}>
              <Destination {...destination} onClick={() => sheet.current?.hidePopover()} />
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}

function Destination({ to, label, Icon, onClick }: (typeof DESTINATIONS)[number] & { onClick?: () => void }) {
  return (
    <Link
      to={to}
      className="navigation-link"
      activeOptions={{ exact: to === '/', includeSearch: false }}
      {...(onClick === undefined ? {} : { onClick })}
    >
      <Icon size={20} stroke={1.75} aria-hidden="true" />
      <span>{label}</span>
    </Link>
  );
}
