import { ZodError, type z } from 'zod';
import { bashTool } from './bash.ts';
import { editTool } from './edit.ts';
import { globTool } from './glob.ts';
import { grepTool } from './grep.ts';
import { readTool } from './read.ts';
import type { Tool, ToolContext } from './tool.ts';
import { ToolError } from './tool-error.ts';
import { errorOutput, type ToolOutput } from './tool-result.ts';
import { writeTool } from './write.ts';

/** A tool whose input is still unchecked. */
type BoundTool = (context: ToolContext, input: unknown) => Promise<ToolOutput>;

const tools = new Map<string, BoundTool>([
  [bashTool.name, bind(bashTool)],
  [readTool.name, bind(readTool)],
  [editTool.name, bind(editTool)],
  [writeTool.name, bind(writeTool)],
  [grepTool.name, bind(grepTool)],
  [globTool.name, bind(globTool)],
]);

/** Checks the input and runs the tool. Never throws: every failure becomes an error output for the model. */
export async function runTool(
  context: ToolContext,
  name: string,
  input: unknown,
): Promise<ToolOutput> {
  const tool = tools.get(name);
  if (!tool) {
    return errorOutput(
      `There is no tool named ${name.slice(0, 100)}. Tools: ${[...tools.keys()].join(', ')}, submit.`,
    );
  }
  try {
    return await tool(context, input);
  } catch (error) {
    return errorOutput(explain(name, error));
  }
}

function bind<Name extends string, Input extends z.ZodObject>(tool: Tool<Name, Input>): BoundTool {
  return async (context, input) => tool.run(context, tool.input.parse(input));
}

function explain(name: string, error: unknown): string {
  if (error instanceof ToolError) return error.message;
  if (error instanceof ZodError)
    return `Invalid input for ${name}: ${schemaProblem(error)}. Correct the input and call ${name} again.`;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return systemProblem(error.code);
  }
  return `The tool ${name} failed (${error instanceof Error ? error.message : String(error)}). Try another way.`;
}

function schemaProblem(error: ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) =>
      issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message,
    )
    .join('; ')
    .replaceAll('\n', ' ')
    .slice(0, 500);
}

function systemProblem(code: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `Permission denied (${code}). Choose another file or place.`;
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return `The disk is full (${code}). Remove what is not needed from /workspace/scratch, then try again.`;
    case 'ENAMETOOLONG':
      return 'The path is too long (ENAMETOOLONG). Use shorter names.';
    case 'EISDIR':
    case 'ENOTDIR':
    case 'ENOENT':
      return `The path is not what was expected (${code}). Look at it with read or glob.`;
    default:
      return `The system refused the call (${code}). Try another way.`;
  }
}
