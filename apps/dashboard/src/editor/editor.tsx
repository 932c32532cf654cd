import { autocompletion, type CompletionContext, closeBrackets, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { json } from '@codemirror/lang-json';
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { jinja2 } from '@codemirror/legacy-modes/mode/jinja2';
import { lua } from '@codemirror/legacy-modes/mode/lua';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';
import { cspNonce } from '../csp-nonce.ts';

export type EditorLanguage = 'template' | 'lua' | 'javascript' | 'json' | 'expression';

const LANGUAGES = {
  template: () => StreamLanguage.define(jinja2),
  lua: () => StreamLanguage.define(lua),
  javascript: () => javascript(),
  json: () => json(),
  // CEL's literals, operators and calls are written as JavaScript's.
  expression: () => javascript(),
} as const satisfies Record<EditorLanguage, () => Extension>;

const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.controlKeyword], class: 'code-keyword' },
  { tag: [tags.string, tags.special(tags.string)], class: 'code-string' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], class: 'code-number' },
  { tag: tags.comment, class: 'code-comment' },
  { tag: [tags.propertyName, tags.variableName], class: 'code-name' },
]);

interface EditorProps {
  labelledBy: string;
  describedBy: string | undefined;
  language: EditorLanguage;
  value: string;
  onChange: (value: string) => void;
  completions: readonly string[];
}

/** CodeMirror. Escape, then Tab, leaves it by keyboard. */
export default function Editor({ labelledBy, describedBy, language, value, onChange, completions }: EditorProps) {
  const frame = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ onChange, value, completions });
  latest.current = { onChange, value, completions };
  useEffect(() => {
    if (frame.current === null) return;
    const complete = (context: CompletionContext) => completeName(context, latest.current.completions);
    view.current = new EditorView({
      parent: frame.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          lineNumbers(),
          history(),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ override: [complete] }),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
          LANGUAGES[language](),
          syntaxHighlighting(COLOURS),
          EditorView.lineWrapping,
          EditorView.cspNonce.of(cspNonce),
          EditorView.domEventHandlers({ beforeinput: replaceByHand }),
          EditorView.contentAttributes.of({
            'aria-labelledby': labelledBy,
            tabindex: '0',
            ...(describedBy !== undefined && { 'aria-describedby': describedBy }),
          }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    return () => view.current?.destroy();
  }, [language, labelledBy, describedBy]);
  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);
  return <div ref={frame} className="code-editor" />;
}

/**
 * Handles typing over a selection: the browser would keep the old text's colours in a style attribute, which the page's
 * policy forbids.
 */
function replaceByHand(event: InputEvent, view: EditorView): boolean {
  const { from, to } = view.state.selection.main;
  const { data, inputType, isComposing } = event;
  if (inputType !== 'insertText' || data === null || isComposing || from === to) return false;
  const insert = () => view.state.update(view.state.replaceSelection(data), { userEvent: 'input.type' });
  const isHandled = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, data, insert));
  if (!isHandled) view.dispatch(insert());
  return true;
}

function completeName(context: CompletionContext, names: readonly string[]) {
  const word = context.matchBefore(/[\w.]*/);
  if (names.length === 0 || word === null || (word.from === word.to && !context.explicit)) return null;
  return { from: word.from, options: names.map((label) => ({ label, type: 'variable' })), validFor: /^[\w.]*$/ };
}
