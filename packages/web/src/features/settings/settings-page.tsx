import { PageHead } from '../shell/page-head.tsx';
import { usePageTitle } from '../shell/use-page-title.ts';
import { AppearanceSection } from './appearance-section.tsx';
import { KeysSection } from './keys-section.tsx';
import { LiveUpdatesSection } from './live-updates-section.tsx';
import { ServerSection } from './server-section.tsx';
import { SessionSection } from './session-section.tsx';
import { useIsAdmin } from './use-is-admin.ts';
import './settings.css';

/** What this browser, and who may, can set; and how the server is. */
export function SettingsPage() {
  const isAdmin = useIsAdmin();
  usePageTitle('Settings');
  return (
    <div className="page settings" data-testid="settings-page">
      <PageHead title="Settings" />
      <div className="settings-columns">
        <AppearanceSection />
        <ServerSection isAdmin={isAdmin === true} />
      </div>
      <KeysSection />
      {isAdmin === true && <LiveUpdatesSection />}
      <SessionSection />
    </div>
  );
}
