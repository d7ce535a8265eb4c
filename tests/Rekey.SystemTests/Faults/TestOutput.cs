using System.Text;

namespace Rekey.SystemTests.Faults;

/// <summary>Lines for the report of the running test.</summary>
internal sealed class TestOutput : TextWriter
{
    public static TextWriter Writer { get; } = new TestOutput();

    public override Encoding Encoding => Encoding.UTF8;

    public override void WriteLine(string? value) => TestContext.Current.TestOutputHelper?.WriteLine(value ?? "");
}
