export {
  createEventFilters,
  type EventFilters,
  type EventVariables,
  type FilterVerdict,
  type HeardEvent,
  type OrderKey,
  type SharedData,
  variablesOf,
} from './event-filters.ts';
export { type Hearing, type HearingHook, hear, type StoredEvent, sourcesOf } from './hear.ts';
export { createLanguage, type Evaluation, type Expression, type Language, type VariableType } from './language.ts';
export { EXPRESSION_BYTES } from './limits.ts';
export { itemsOf, textOf, toExpressionValue, toJson } from './values.ts';
