/** HTTP to one cloud: token, catalog, trust, tunnel, errors. The only users of OkHttp and JSch. */
@NullMarked
package org.tresccad.client.http;

import org.jspecify.annotations.NullMarked;
