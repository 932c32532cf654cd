import type { FieldForm } from '@eventhooks/contract';
import type { FaultTree } from '../api/types.ts';
import type { EditorLanguage } from '../editor/editor.tsx';
import type { Draft } from './draft.ts';
import { placeOf } from './fault-summary.tsx';
import { faultAt } from './faults.ts';
import { HookField } from './field.tsx';
import type { FieldSpec } from './schema.ts';

type Section = FieldForm['section'];

/** The sections with a card of their own. The card of source and events has the fields of `hearing`. */
const sections = {
  target: 'Where it goes',
  content: 'What is sent',
  firing: 'When it fires',
  delivery: 'How it is delivered',
  more: 'More',
} as const satisfies Record<Exclude<Section, 'hearing'>, string>;

export function languageOf(value: unknown): EditorLanguage & ('lua' | 'javascript') {
  return value === 'javascript' ? 'javascript' : 'lua';
}

interface SectionProps {
  fields: FieldSpec[];
  draft: Draft;
  faults: FaultTree;
  names: string[];
  onChange: (path: string, value: unknown) => void;
}

/** The fields of the hook's handler, by section. */
export function Sections(props: SectionProps) {
  return Object.entries(sections).map(([name, title]) => {
    const section = name as keyof typeof sections;
    const own = fieldsOf(props.fields, section);
    if (own.length === 0) return null;
    const hasFault = own.some(({ path }) => faultAt(props.faults, path) !== undefined);
    const isFolded = section === 'delivery' || section === 'more';
    return (
      <details key={section} className="card" open={!isFolded || hasFault}>
        <summary>
          <h2>{title}</h2>
        </summary>
        <div className="stack">
          <SectionFields section={section} {...props} />
        </div>
      </details>
    );
  });
}

/** The fields of one section. */
export function SectionFields({
  section,
  fields,
  draft,
  faults,
  names,
  onChange,
}: SectionProps & { section: Section }) {
  const language = languageOf(draft.values['config.language']);
  const ofData = names.filter((name) => !ownNames.has(name)).map((name) => `data.${name}`);
  const expressionNames = ['source', 'event', 'id', 'time', 'data', ...ofData];
  return fieldsOf(fields, section).map((spec) => (
    <div key={spec.path} id={placeOf(spec.path)}>
      <HookField
        spec={spec}
        value={draft.values[spec.path]}
        error={explain(spec.path, faultAt(faults, spec.path))}
        names={names}
        expressionNames={expressionNames}
        language={language}
        onChange={(value) => onChange(spec.path, value)}
      />
    </div>
  ));
}

/** Names that a template has beside the fields of the data. */
const ownNames: ReadonlySet<string> = new Set(['event', 'source']);

/** Names of events have their place beside the source. */
function fieldsOf(fields: readonly FieldSpec[], section: Section): FieldSpec[] {
  return fields.filter(({ form }) => (form?.section ?? 'more') === section && form?.editor !== 'names');
}

/** A fault with its remedy, where that is an operator's. */
function explain(path: string, fault: string | undefined): string | undefined {
  const isBlocked = path === 'config.url' && fault !== undefined && /\bblocked\b/.test(fault);
  return isBlocked ? `${fault}. An operator can allow it with EVENTHOOKS_EGRESS_ALLOW.` : fault;
}
