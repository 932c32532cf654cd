import type { EditorLanguage } from '../editor/editor.tsx';
import type { FieldSpec } from './schema.ts';

export interface FieldProps {
  spec: FieldSpec;
  value: unknown;
  onChange: (value: unknown) => void;
  error: string | undefined;
  /** Names that templates can use. */
  names: readonly string[];
  /** Names that expressions can use. */
  expressionNames: readonly string[];
  /** The language of the hook's functions. */
  language: EditorLanguage;
}

/** The same, with the texts around the field. */
export type WidgetProps = FieldProps & { label: string; description: string | undefined };
