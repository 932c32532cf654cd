import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** The part of Jest's result of a test file that is used here. */
interface FileResult {
  testFilePath: string;
  /** The error of the file as a whole, such as a syntax error. */
  testExecError?: { message?: string } | null;
  testResults: readonly { fullName: string; status: string; failureMessages: readonly string[] }[];
}

const maxMessageCharacters = 300;

/**
 * A reporter of Jest for `.ci/run`: appends two lines for each failed test, its file and full name and then its
 * message, to the file in FAILED_TESTS_FILE. Each test file is reported when it ends, so that a run that is cut off has
 * reported, too.
 */
export default class ListFailures {
  onTestResult(_test: unknown, result: FileResult): void {
    const path = process.env.FAILED_TESTS_FILE;
    const lines = describeFailures(result);
    if (path !== undefined && lines.length > 0) appendFileSync(path, `${lines.join('\n')}\n`);
  }
}

export function describeFailures({ testFilePath, testExecError, testResults }: FileResult): string[] {
  const file = relative(process.cwd(), testFilePath);
  const failed = testResults.filter(({ status }) => status === 'failed');
  const ofFile = testExecError == null ? [] : [`${file}: does not run`, `  ${shorten(testExecError.message ?? '')}`];
  const ofTests = failed.flatMap(({ fullName, failureMessages: [message = ''] }) => [
    `${file}: ${fullName}`,
    `  ${shorten(message)}`,
  ]);
  return [...ofFile, ...ofTests];
}

/** The lines of a message before its stack, and the line of the test where that is known, as one line. */
function shorten(message: string): string {
  const lines = stripVTControlCharacters(message)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const isFrame = (line: string): boolean => line.startsWith('at ');
  const text = lines.filter((line) => !isFrame(line)).join(' | ');
  const place = lines.find((line) => isFrame(line) && line.includes('.test.ts:'));
  return [text.slice(0, maxMessageCharacters), place].filter(Boolean).join(' | ');
}
