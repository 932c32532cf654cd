import type { FieldForm } from '@eventhooks/contract';
import type { FaultTree } from '../api/types.ts';
import type { EditorLanguage } from '../editor/editor.tsx';
import type { Draft } from './draft.ts';
import { placeOf } from './fault-summary.tsx';
import { faultAt } from './faults.ts';
import { HookField } from './field.tsx';
import type { FieldSpec } from './schema.ts';

const sections = {
  target: 'Where it goes',
  content: 'What is sent',
  firing: 'When it fires',
  delivery: 'How it is delivered',
  more: 'More',
} as const satisfies Record<FieldForm['section'], string>;

export function languageOf(value: unknown): EditorLanguage & ('lua' | 'javascript') {
  return value === 'javascript' ? 'javascript' : 'lua';
}

/** The fields of the hook's handler, by section. */
export function Sections({
  fields,
  draft,
  faults,
  names,
  onChange,
}: {
  fields: FieldSpec[];
  draft: Draft;
  faults: FaultTree;
  names: string[];
  onChange: (path: string, value: unknown) => void;
}) {
  const language = languageOf(draft.values['config.language']);
  return Object.entries(sections).map(([section, title]) => {
    const own = fields.filter(({ form }) => (form?.section ?? 'more') === section);
    if (own.length === 0) return null;
    const hasFault = own.some(({ path }) => faultAt(faults, path) !== undefined);
    const isFolded = section === 'delivery' || section === 'more';
    return (
      <details key={section} className="card" open={!isFolded || hasFault}>
        <summary>
          <h2>{title}</h2>
        </summary>
        <div className="stack">
          {own.map((spec) => (
            <div key={spec.path} id={placeOf(spec.path)}>
              <HookField
                spec={spec}
                value={draft.values[spec.path]}
                error={explain(spec.path, faultAt(faults, spec.path))}
                names={names}
                language={language}
                onChange={(value) => onChange(spec.path, value)}
              />
            </div>
          ))}
        </div>
      </details>
    );
  });
}

/** A fault with its remedy, where that is an operator's. */
function explain(path: string, fault: string | undefined): string | undefined {
  const isBlocked = path === 'config.url' && fault !== undefined && /\bblocked\b/.test(fault);
  return isBlocked ? `${fault}. An operator can allow it with EVENTHOOKS_EGRESS_ALLOW.` : fault;
}
