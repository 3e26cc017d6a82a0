/** Library for clouds that speak OpenStack's APIs: tresccad hosts and OpenStack regions alike. */
@NullMarked
package org.tresccad.client;

import org.jspecify.annotations.NullMarked;
