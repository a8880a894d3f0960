import { describe, expect, it } from 'vitest';
import { signV4 } from '../../core/sigv4.ts';

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};

describe('a signature of version 4', () => {
  // "post-vanilla" of the AWS Signature Version 4 test suite.
  it('is the one of the published test suite', () => {
    const headers = signV4(
      {
        url: new URL('https://example.amazonaws.com/'),
        service: 'service',
        region: 'us-east-1',
        headers: {},
        body: '',
        now: new Date('2015-08-30T12:36:00Z'),
      },
      credentials,
    );
    expect(headers['authorization']).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ' +
        'SignedHeaders=host;x-amz-date, ' +
        'Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    );
  });

  it('covers the session token', () => {
    const request = {
      url: new URL('https://sqs.eu-west-1.amazonaws.com/'),
      service: 'sqs',
      region: 'eu-west-1',
      headers: { 'content-type': 'application/x-amz-json-1.0' },
      body: '{}',
      now: new Date('2026-01-02T03:04:05Z'),
    };
    const headers = signV4(request, { ...credentials, sessionToken: 'token' });
    expect(headers['x-amz-security-token']).toBe('token');
    expect(headers['authorization']).toContain(
      'SignedHeaders=content-type;host;x-amz-date;x-amz-security-token',
    );
  });
});
