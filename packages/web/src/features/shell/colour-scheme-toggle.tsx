import { ActionIcon, type MantineColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconContrast, IconMoon, IconSun } from '@tabler/icons-react';

const SCHEMES: Record<MantineColorScheme, { next: MantineColorScheme; name: string; Icon: typeof IconSun }> = {
  auto: { next: 'light', name: 'as the system', Icon: IconContrast },
  light: { next: 'dark', name: 'light', Icon: IconSun },
  dark: { next: 'auto', name: 'dark', Icon: IconMoon },
};

export function ColourSchemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { next, name, Icon } = SCHEMES[colorScheme];
  const label = `Colours: ${name}. Switch to ${SCHEMES[next].name}`;
  return (
    <ActionIcon
      data-hint={label}
      className="header-action"
      variant="subtle"
      color="gray"
      aria-label={label}
      onClick={() => setColorScheme(next)}
    >
      <Icon size={18} stroke={1.75} />
    </ActionIcon>
  );
}
