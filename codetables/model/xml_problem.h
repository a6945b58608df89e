/* xml_problem.h - what libxml2 tells of a problem: the type has another name since 2.12. */
#ifndef CTE_XML_PROBLEM_H
#define CTE_XML_PROBLEM_H

#include <libxml/xmlerror.h>
#include <libxml/xmlversion.h>

#if LIBXML_VERSION >= 21200
typedef const xmlError *xml_problem;
#else
typedef xmlErrorPtr xml_problem;
#endif

#endif
