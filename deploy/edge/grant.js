// Decides who may read media: checks the path-scoped grant and signs reads of a private bucket.
// Kept to what njs 0.7.9 (Debian 12) understands: synchronous functions, no shared dictionary.
import crypto from 'crypto';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const NAME = '[A-Za-z0-9_-][A-Za-z0-9_.-]*';
// Matched against the raw request line: one spelling of a path is valid, so no decoding, dots or case can disagree with nginx.
const MEDIA = new RegExp(
    `^/media/(([0-9]{1,11})~(${UUID})~(${UUID}))~([0-9a-f]{64})/((${UUID})/${NAME}(?:/${NAME})*)(?:\\?.*)?$`);

// Time depends on the length alone, which is public.
function same(a, b) {
    if (a.length !== b.length) {
        return false;
    }
    let difference = 0;
    for (let i = 0; i < a.length; i++) {
        difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
    }
    return difference === 0;
}

// The object's path under media/, or '' when the grant does not open it. `secrets` is current first, previous after it.
function permitted(uri, secrets, now) {
    const m = MEDIA.exec(uri);
    if (m === null || m[3] !== m[7] || Number(m[2]) <= now) {
        return '';
    }
    for (let i = 0; i < secrets.length; i++) {
        const mac = crypto.createHmac('sha256', secrets[i]).update(m[1]).digest('hex');
        if (same(mac, m[5])) {
            return m[6];
        }
    }
    return '';
}

function path(r) {
    return permitted(r.variables.request_uri, r.variables.grant_secrets.split(' '), Date.now() / 1000);
}

function hmac(key, text, encoding) {
    return crypto.createHmac('sha256', key).update(text).digest(encoding);
}

function sha256(text) {
    return crypto.createHash('sha256').update(text).digest('hex');
}

// AWS Signature Version 4 of a GET without a body (docs: "Signature Calculations for the Authorization Header").
// Keys hold only unreserved characters, so the path needs no escaping. `when` is YYYYMMDDTHHMMSSZ.
function signature(id, secret, region, host, key, when) {
    const scope = `${when.substring(0, 8)}/${region}/s3/aws4_request`;
    const names = 'host;x-amz-content-sha256;x-amz-date';
    const canonical = `GET\n${key}\n\nhost:${host}\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:${when}\n\n`
        + `${names}\nUNSIGNED-PAYLOAD`;
    const toSign = `AWS4-HMAC-SHA256\n${when}\n${scope}\n${sha256(canonical)}`;
    const dayKey = hmac('AWS4' + secret, when.substring(0, 8));
    const signingKey = hmac(hmac(hmac(dayKey, region), 's3'), 'aws4_request');
    return `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, `
        + `Signature=${hmac(signingKey, toSign, 'hex')}`;
}

// Cached by nginx for the request, so that the date header and the signature always agree.
function originDate(r) {
    const iso = new Date(Number(r.variables.msec) * 1000).toISOString();
    return `${iso.substring(0, 19).replace(/[:-]/g, '')}Z`;
}

function originAuthorization(r) {
    const v = r.variables;
    return signature(v.origin_key_id, v.origin_secret, v.origin_region, v.origin_host, v.origin_uri, v.origin_date);
}

export default {path, originDate, originAuthorization, permitted, signature};
