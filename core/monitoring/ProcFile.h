#pragma once
#include <QString>
#include <string>
#include <string_view>

namespace prunella {

/// A kernel text file that is read again and again: stays open, and its buffer is used again.
class ProcFile
{
public:
    explicit ProcFile(const QString &path);
    ~ProcFile();
    ProcFile(const ProcFile &) = delete;
    ProcFile &operator=(const ProcFile &) = delete;

    /// The whole content, valid until the next call; empty when it cannot be read. After a failure it is opened anew.
    [[nodiscard]] std::string_view read();
    /// errno of the last read(), 0 when it went well
    [[nodiscard]] int error() const { return m_error; }
    /// "cannot read /proc/stat: No such file or directory"; empty when the last read() went well
    [[nodiscard]] QString problem() const;
    /// true when the kernel says that the content is another than at the last call (mountinfo does)
    [[nodiscard]] bool changed() const;

private:
    bool open();
    void close();

    std::string m_path;
    std::string m_buffer;
    int m_fd = -1;
    int m_error = 0;
};

} // namespace prunella
