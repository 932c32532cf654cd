export { createLanguage, type Evaluation, type Expression, type Language, type VariableType } from './language.ts';
export { EXPRESSION_BYTES } from './limits.ts';
export { itemsOf, textOf, toExpressionValue, toJson } from './values.ts';
