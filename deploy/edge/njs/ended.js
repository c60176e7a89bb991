// Keeps the list of sessions that have ended while their grants had not. Needs njs 0.8.5.
import crypto from 'crypto';

// Asks playback, every few seconds and in one worker, which sessions have ended since. Without an answer nothing changes: what
// is known to have ended stays refused, and every other grant is good until it ends by itself.
async function learn(session) {
    const ended = ngx.shared.ended;
    const v = session.variables;
    try {
        let page;
        do {
            const after = encodeURIComponent(ended.get('cursor') || '');
            const answer = await ngx.fetch(`http://${v.playback}/internal/playback/ended?after=${after}`,
                {headers: {Authorization: `Edge ${proof(v.grant_secrets)}`}});
            if (answer.status !== 200) {
                throw new Error(`it answered ${answer.status}`);
            }
            page = await answer.json();
            const now = Date.now();
            page.ended.forEach(item => ended.set(item[0], 'ended', Math.max(1000, item[1] * 1000 - now)));
            ended.set('cursor', page.cursor);
        } while (page.more);
        if (ended.delete('away')) {
            ngx.log(ngx.WARN, 'playback tells again which sessions have ended');
        }
    } catch (error) {
        if (ended.add('away', 'yes')) {
            ngx.log(ngx.WARN, `playback does not tell which sessions have ended (${error.message}); their grants go on meanwhile`);
        }
    }
}

// Shows playback that we hold the grant's key, for half a minute. With a key that is being changed either may be known there.
function proof(secrets) {
    const text = `ended~${Math.ceil(Date.now() / 1000) + 30}`;
    return [text].concat(secrets.split(' ').map(secret => crypto.createHmac('sha256', secret).update(text).digest('hex'))).join('~');
}

export default {learn};
