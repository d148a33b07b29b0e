import { Link } from '@tanstack/react-router';
import { DESTINATIONS } from './destinations.ts';
import './navigation.css';

/** A rail at the side of a wide window, a bar along the bottom of a phone. */
export function Navigation() {
  return (
    <nav className="navigation" aria-label="Pages">
      <ul>
        {DESTINATIONS.map(({ to, label, Icon }) => (
          <li key={to}>
            <Link to={to} className="navigation-link" activeOptions={{ exact: to === '/', includeSearch: false }}>
              <Icon size={20} stroke={1.75} aria-hidden="true" />
              <span>{label}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
