import { PROBLEMS, type ProblemCode, problemSchema } from '@hermes/contracts';
import { describe, expect, it } from 'vitest';
import { ProblemError } from './problem-error.ts';

describe('ProblemError', () => {
  it.each(Object.keys(PROBLEMS) as ProblemCode[])('%s makes a body that its contract takes', (code) => {
    const error = new ProblemError(code);
    expect(error.status).toBe(PROBLEMS[code].status);
    expect(error.message).toBe(PROBLEMS[code].title);
    const body = error.toProblem();
    expect(problemSchema.parse(body)).toEqual(body);
    expect(Object.keys(body).sort()).toEqual(['code', 'status', 'title', 'type']);
  });

  it('tells the details that it has, and never its cause', () => {
    const cause = new Error('internal');
    const error = new ProblemError('VALIDATION_FAILED', {
      detail: 'body.url is required',
      invalidParams: [{ field: 'body.url', message: 'is required' }],
      cause,
    });
    expect(error.cause).toBe(cause);
    expect(error.message).toBe('body.url is required');
    const body = error.toProblem('/api/v1/download');
    expect(problemSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({
      detail: 'body.url is required',
      instance: '/api/v1/download',
      invalid_params: [{ field: 'body.url', message: 'is required' }],
    });
    expect(JSON.stringify(body)).not.toContain('internal');
  });
});
