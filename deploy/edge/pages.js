// The app's page with the head of what it is about, for who reads pages without running them. The app takes it from there.

import fs from 'fs';

/** Answers the address of a title, a person, a genre or a collection: the app with the head, in the language of `?lang`, else of the browser; 301 to the present address; 404, and the app, where there is none. */
async function page(r) {
    if (r.method !== 'GET' && r.method !== 'HEAD') {
        r.return(405);
        return;
    }
    const shell = fs.readFileSync(`${r.variables.document_root}/index.html`, 'utf8');
    const lang = r.args.lang || '';
    const args = /^[A-Za-z0-9-]{2,35}$/.test(lang) ? `lang=${lang}` : '';
    const head = await r.subrequest(`/_head${r.uri}`, { args: args });
    r.headersOut['Vary'] = 'Accept-Language';
    if (head.status === 301) {
        r.return(301, head.headersOut.Location);
        return;
    }
    // Whatever else goes wrong behind here, the app is the page and says so itself.
    const found = head.status === 200;
    r.return(head.status === 404 ? 404 : 200, found ? withHead(shell, head.responseText) : shell);
}

/** Puts the head in the place of the shell's own title and description. */
function withHead(shell, head) {
    const plain = shell.replace(/<title>[^<]*<\/title>/, '').replace(/<meta name="description"[^>]*>/, '');
    const end = plain.indexOf('</head>');
    return end < 0 ? shell : plain.slice(0, end) + head + plain.slice(end);
}

export default { page };
