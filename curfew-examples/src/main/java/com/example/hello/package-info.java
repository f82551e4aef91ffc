// SPDX-License-Identifier: Apache-2.0

/** The programs of the guide: as a user would write them, in a package of the user's own. */
package com.example.hello;
