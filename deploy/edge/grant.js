// Decides who may read media: checks the path-scoped grant and signs reads of a private bucket.
// Kept to what njs 0.7.9 (Debian 12) understands: synchronous functions, no shared dictionary.
import crypto from 'crypto';

// /media/<exp>~<asset>~<session>~<mac>/<asset>/<run>/<name…>, matched against the raw request line: one spelling of a path is
// valid, so no decoding, dots or case can disagree with nginx. A literal, because it is compiled once; what is built at run
// time would be compiled for every request. Up to the asset every part has its one length, so the parts are cut by position,
// which costs half of capturing them.
const MEDIA = /^\/media\/[0-9]{10}~[0-9a-f-]{36}~[0-9a-f-]{36}~[0-9a-f]{64}\/[0-9a-f-]{36}(?:\/[A-Za-z0-9_-][A-Za-z0-9_.-]*){2,}(?:\?.*)?$/;
const GRANT = 7;
const ASSET = GRANT + 11;
const MAC = GRANT + 85;
const PATH = MAC + 65;

// Compares 32 bytes in a time that does not depend on them, four at a time: charCodeAt would cost more than the HMAC itself.
function same(a, b) {
    let difference = 0;
    for (let i = 0; i < 32; i += 4) {
        difference |= a.readUInt32LE(i) ^ b.readUInt32LE(i);
    }
    return difference === 0;
}

// The object's path under media/, or '' when the grant does not open it. `secrets` is current first, previous after it.
function permitted(uri, secrets, now) {
    if (!MEDIA.test(uri) || Number(uri.substring(GRANT, ASSET - 1)) <= now
        || uri.substring(ASSET, ASSET + 36) !== uri.substring(PATH, PATH + 36)) {
        return '';
    }
    const granted = uri.substring(GRANT, MAC - 1);
    const given = Buffer.from(uri.substring(MAC, MAC + 64), 'hex');
    for (let i = 0; i < secrets.length; i++) {
        if (same(crypto.createHmac('sha256', secrets[i]).update(granted).digest(), given)) {
            const query = uri.indexOf('?');
            return query < 0 ? uri.substring(PATH) : uri.substring(PATH, query);
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
