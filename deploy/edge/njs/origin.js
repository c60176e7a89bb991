// Signs reads of a private bucket.
import crypto from 'crypto';

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
function date(r) {
    const iso = new Date(Number(r.variables.msec) * 1000).toISOString();
    return `${iso.substring(0, 19).replace(/[:-]/g, '')}Z`;
}

function authorization(r) {
    const v = r.variables;
    return signature(v.origin_key_id, v.origin_secret, v.origin_region, v.origin_host, v.origin_uri, v.origin_date);
}

export default {date, authorization};
