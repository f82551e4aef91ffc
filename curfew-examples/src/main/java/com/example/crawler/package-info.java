// SPDX-License-Identifier: Apache-2.0

/** The program of the page on workers: as a user would write it, in a package of the user's own. */
package com.example.crawler;
