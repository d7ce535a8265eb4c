namespace Rekey.Testing.Tokens;

/// <summary>
/// A pinentry program that answers by a script and writes down what it was asked. The last answer of each kind repeats; with none, the
/// answer is "cancelled".
/// </summary>
public sealed class ScriptedPinentry : IDisposable
{
    private readonly string directory;
    private readonly bool temporary;

    /// <param name="confirms">"yes" or "no" for each question.</param>
    /// <param name="pins">What is typed at each prompt; "cancel" presses cancel.</param>
    /// <param name="keepIn">A directory that outlives this object, or null for one of its own.</param>
    public ScriptedPinentry(string[] confirms, string[] pins, string? keepIn = null)
    {
        temporary = keepIn is null;
        directory = keepIn ?? Directory.CreateTempSubdirectory("rekey-pinentry-").FullName;
        Directory.CreateDirectory(directory);
        File.WriteAllLines(Path.Combine(directory, "confirms"), confirms);
        File.WriteAllLines(Path.Combine(directory, "pins"), pins);
        File.WriteAllText(Program, Script);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public string Program => Path.Combine(directory, "pinentry");

    /// <summary>Every line that it received, percent-escapes and all.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string LogFile => Path.Combine(directory, "log");

    // The quoting of the answers follows the protocol: a percent sign in a PIN is sent as %25.
    private static string Script => """
        #!/bin/sh
        cd "$(dirname "$0")" || exit 1
        take() {
          answer=$(head -n 1 "$1")
          if [ "$(wc -l < "$1")" -gt 1 ]; then sed -i 1d "$1"; fi
        }
        echo "OK scripted"
        while IFS= read -r line; do
          printf '%s\n' "$line" >> log
          case $line in
            GETPIN)
              take pins
              if [ -z "$answer" ] || [ "$answer" = cancel ]; then echo "ERR 83886179 cancelled"
              else printf 'D %s\nOK\n' "$(printf %s "$answer" | sed 's/%/%25/g')"; fi ;;
            CONFIRM)
              take confirms
              if [ "$answer" = yes ]; then echo OK; else echo "ERR 83886194 not confirmed"; fi ;;
            BYE) echo OK; exit 0 ;;
            *) echo OK ;;
          esac
        done
        """;

    public void Dispose()
    {
        if (temporary)
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
