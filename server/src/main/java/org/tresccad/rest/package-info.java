/** What every API over HTTP shares: authentication, request ids, JSON, the list of resources. */
@NullMarked
package org.tresccad.rest;

import org.jspecify.annotations.NullMarked;
