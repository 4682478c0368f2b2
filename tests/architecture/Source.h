#pragma once
// One source file as the architecture checks see it, and its functions.
#include <QList>
#include <QString>

struct Source {
    QString path;     ///< from the root of the repository: core/model/Incident.h
    QString text;     ///< as it is
    QString bare;     ///< comments blanked, string literals kept
    QString code;     ///< comments, the inside of literals and preprocessor lines blanked
    [[nodiscard]] bool isHeader() const { return path.endsWith(QLatin1String(".h")); }
    [[nodiscard]] bool isIn(const QString &directory) const { return path.startsWith(directory + QLatin1Char('/')); }
    [[nodiscard]] int lines() const;
};

/// A function definition at namespace or class level; a lambda that initialises a variable there counts as well.
struct FunctionSpan {
    QString name;
    int line = 0;     ///< of its head's first line, from 1
    int lines = 0;    ///< head, initialiser list and body
};

/// All blanked texts keep their newlines, so that a position is in the same line in each of them.
[[nodiscard]] Source makeSource(const QString &path, const QString &text);
/// Every .h and .cpp of the repository below these directories, in the order of their names.
[[nodiscard]] QList<Source> readTree(const QString &root, const QStringList &directories);
[[nodiscard]] QList<FunctionSpan> functionsOf(const Source &source);
[[nodiscard]] int lineOf(const QString &text, qsizetype position);
