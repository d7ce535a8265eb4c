using System.Text;
using System.Xml.Linq;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Rekey.Tests.Agent;

/// <summary>
/// Pkcs11Interop marshals by reflection, which NativeAOT only allows for types that a directives file names. The file is made from the
/// package's own types, so that a new version of it cannot silently lack one: run this test with <c>REKEY_UPDATE=1</c> to write it.
/// </summary>
public sealed class AotDirectivesTests
{
    // The layout of 64-bit Unix (CK_ULONG of 8 octets, natural alignment), the only one that is compiled ahead of time.
    private const string LowLevel = "Net.Pkcs11Interop.LowLevelAPI80";

    private static readonly string[] Primitives = ["System.IntPtr", "System.UInt32", "System.UInt64"];

    [Fact]
    public void The_directives_name_every_structure_and_delegate_of_the_package()
    {
        var assembly = typeof(Pkcs11InteropFactories).Assembly;
        var types = assembly.GetTypes()
            .Where(t => t.Namespace?.StartsWith(LowLevel, StringComparison.Ordinal) == true)
            .OrderBy(FullName, StringComparer.Ordinal)
            .ToList();
        var structures = types.Where(t => t.IsValueType && !t.IsEnum).Select(t => Directive(t, "MarshalStructure"));
        var delegates = types.Where(t => typeof(Delegate).IsAssignableFrom(t)).Select(t => Directive(t, "MarshalDelegate"));
        XNamespace ns = "http://schemas.microsoft.com/netfx/2013/01/metadata";
        var primitives = Primitives.Select(n => new XElement("Type", new XAttribute("Name", n), new XAttribute("MarshalStructure", "Required All")));
        var document = new XElement(
            "Directives",
            new XElement(
                "Application",
                new XElement("Assembly", new XAttribute("Name", "System.Private.CoreLib"), primitives),
                new XElement("Assembly", new XAttribute("Name", "Pkcs11Interop"), structures.Concat(delegates))));
        foreach (var element in document.DescendantsAndSelf())
        {
            element.Name = ns + element.Name.LocalName;
        }

        var expected = "<!-- Written by AotDirectivesTests from the types of Pkcs11Interop; do not edit. -->\n" + document.ToString().ReplaceLineEndings("\n") + "\n";
        var file = Path.Combine(Root(), "src", "Rekey.Agent", "Aot", "Pkcs11Interop.rd.xml");
        if (Environment.GetEnvironmentVariable("REKEY_UPDATE") == "1")
        {
            File.WriteAllText(file, expected, new UTF8Encoding(false));
        }

        Assert.Equal(expected, File.ReadAllText(file));
    }

    private static XElement Directive(Type type, string kind) => new("Type", new XAttribute("Name", FullName(type)), new XAttribute(kind, "Required All"));

    private static string FullName(Type type) => type.FullName!;

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Rekey.slnx")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("not inside the repository");
        }

        return directory.FullName;
    }
}
