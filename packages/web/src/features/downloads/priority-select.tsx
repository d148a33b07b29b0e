import './priority-select.css';

const PRIORITIES = [
  { value: 100, label: 'Highest' },
  { value: 75, label: 'High' },
  { value: 50, label: 'Normal' },
  { value: 25, label: 'Low' },
  { value: 0, label: 'Lowest' },
] as const;

interface PrioritySelectProps {
  label: string;
  /** null where many have different ones. */
  value: number | null;
  onChange: (priority: number) => void;
}

export function PrioritySelect({ label, value, onChange }: PrioritySelectProps) {
  const isNamed = PRIORITIES.some((priority) => priority.value === value);
  return (
    <select
      className="priority-select"
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => onChange(Number(event.currentTarget.value))}
      data-testid="priority-select"
    >
      {value === null && (
        <option value="" disabled>
          Priority
        </option>
      )}
      {value !== null && !isNamed && <option value={value}>Priority {value}</option>}
      {PRIORITIES.map((priority) => (
        <option key={priority.value} value={priority.value}>
          {priority.label} ({priority.value})
        </option>
      ))}
    </select>
  );
}
