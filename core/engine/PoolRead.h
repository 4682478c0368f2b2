#pragma once
#include <QFuture>
#include <QPromise>
#include <QThreadPool>

#include <memory>

namespace prunella {

/// Reads of files and databases are for the pool, never for the console's thread.
template<typename T, typename Function>
[[nodiscard]] QFuture<T> inPool(Function function)
{
    auto promise = std::make_shared<QPromise<T>>();
    promise->start();
    QThreadPool::globalInstance()->start([promise, function] {
        promise->addResult(function());
        promise->finish();
    });
    return promise->future();
}

} // namespace prunella
