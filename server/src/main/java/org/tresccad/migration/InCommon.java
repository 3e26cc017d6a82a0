package org.tresccad.migration;

import java.util.List;
import org.tresccad.vmpackage.BlockIndex;
import org.tresccad.vmpackage.Reference;

/**
 * What a destination has already of what it is to be sent: the same is here.
 *
 * @param references by the names both sides use
 * @param known where blocks lie in these, by their places in the list
 */
record InCommon(List<Reference> references, BlockIndex known) {}
