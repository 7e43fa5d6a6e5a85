using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using PancreasSeg.Network;

namespace PancreasSeg.Core.Tests.Network;

public sealed class ModelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pancreasseg-model-").FullName;

    private string FilePath => Path.Combine(_folder, "m.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(NetworkNorm.None, 2)]
    [InlineData(NetworkNorm.Instance, 5)]
    public void Everything_written_is_read_again(NetworkNorm norm, int classes)
    {
        PancreasModel model = TestModels.Model(TestModels.Small with { Norm = norm, Classes = classes });
        ModelFile.Write(model, FilePath);
        PancreasModel read = ModelFile.Read(FilePath);
        Assert.Equal(model.Network, read.Network);
        Assert.Equal(model.Plan.Spacing, read.Plan.Spacing);
        Assert.Null(read.Plan.Size);
        Assert.Equal((model.Plan.WindowLow, model.Plan.WindowHigh), (read.Plan.WindowLow, read.Plan.WindowHigh));
        Assert.Equal((model.Name, model.Threshold, model.TrainingData, model.License, model.Sha256),
            (read.Name, read.Threshold, read.TrainingData, read.License, read.Sha256));
        Assert.Equal(model.Curve, read.Curve);
        Assert.Equal(model.Validation, read.Validation);
        Assert.Equal(model.Weights.Tensors.Select(t => t.Shape.Name), read.Weights.Tensors.Select(t => t.Shape.Name));
        Assert.All(model.Weights.Tensors, t => Assert.Equal(t.Values, read.Weights.Find(t.Shape.Name)!.Values));
    }

    [Fact]
    public void Same_model_gives_the_same_bytes()
    {
        string other = Path.Combine(_folder, "other.safetensors");
        ModelFile.Write(TestModels.Model(), FilePath);
        ModelFile.Write(ModelFile.Read(FilePath), other);
        Assert.Equal(File.ReadAllBytes(FilePath), File.ReadAllBytes(other));
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void Layout_on_disk_is_that_of_safetensors()
    {
        PancreasModel model = TestModels.Model();
        ModelFile.Write(model, FilePath);
        byte[] file = File.ReadAllBytes(FilePath);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        Assert.Equal(0, length % 8);
        JsonObject header = JsonNode.Parse(file.AsSpan(8, length))!.AsObject();
        Assert.Equal("test model", (string?)JsonNode.Parse((string)header["__metadata__"]!["pancreasseg"]!)!["name"]);
        JsonNode entry = header["gate1.psi.weight"]!;
        Assert.Equal("F32", (string?)entry["dtype"]);
        Assert.Equal([1, 4, 1, 1, 1], entry["shape"]!.AsArray().Select(n => (int)n!));
        int begin = (int)entry["data_offsets"]![0]!, end = (int)entry["data_offsets"]![1]!;
        float[] values = MemoryMarshal.Cast<byte, float>(file.AsSpan(8 + length + begin, end - begin)).ToArray();
        Assert.Equal(model.Weights.Find("gate1.psi.weight")!.Values, values);
    }

    [Fact]
    public void Hash_is_that_of_the_values_in_the_file()
    {
        ModelFile.Write(TestModels.Model(), FilePath);
        byte[] file = File.ReadAllBytes(FilePath);
        int values = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file.AsSpan(values))), ModelFile.Read(FilePath).Sha256);
    }

    [Fact]
    public void Existing_file_stays_where_it_may_not_be_replaced()
    {
        File.WriteAllText(FilePath, "mine");
        Assert.Equal(
            Fault.NoClobber, Assert.Throws<CoreException>(() => ModelFile.Write(TestModels.Model(), FilePath, overwrite: false)).Fault);
        Assert.Equal("mine", File.ReadAllText(FilePath));
    }

    [Fact]
    public void Missing_file_is_named() => Refused(Fault.FileNotFound, "does not exist");

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1 })]
    [InlineData(new byte[] { 0x80, 0, 0, 0, 0, 0, 0, 0, 1 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, (byte)'[' })]
    [InlineData(new byte[] { 2, 0, 0, 0, 0, 0, 0, 0, (byte)'[', (byte)']' })]
    [InlineData(new byte[] { 2, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}' })]
    public void Files_that_are_something_else_are_refused(byte[] content)
    {
        File.WriteAllBytes(FilePath, content);
        Refused(Fault.ModelFormatUnknown, "m.safetensors");
    }

    [Fact]
    public void Safetensors_of_someone_else_is_refused()
    {
        Rewrite(header => header.Remove("__metadata__"));
        Refused(Fault.ModelFormatUnknown, "prepare the network's input");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void Truncated_and_padded_files_are_refused(int change)
    {
        ModelFile.Write(TestModels.Model(), FilePath);
        byte[] file = File.ReadAllBytes(FilePath);
        Array.Resize(ref file, file.Length + change);
        File.WriteAllBytes(FilePath, file);
        Refused(Fault.ModelFormatUnknown, "bytes of values");
    }

    [Theory]
    [InlineData("shape", "[1,4,1,1]", "ModelPlanMismatch", "shape 1x4x1x1 instead of 1x4x1x1x1")]
    [InlineData("shape", "[1,5,1,1,1]", "ModelFormatUnknown", "disagree")]
    [InlineData("shape", "[-1,-4,1,1,1]", "ModelFormatUnknown", "disagree")]
    [InlineData("shape", "[2147483647,2147483647,2147483647,2147483647,4]", "ModelFormatUnknown", "disagree")]
    [InlineData("shape", "\"4\"", "ModelFormatUnknown", "not that of a safetensors")]
    [InlineData("data_offsets", "[0,16]", "ModelFormatUnknown", "overlaps")]
    [InlineData("data_offsets", "[-16,0]", "ModelFormatUnknown", "disagree")]
    [InlineData("data_offsets", "[900000000,900000016]", "ModelFormatUnknown", "overlaps another or leaves a gap")]
    [InlineData("data_offsets", "[1e99,1]", "ModelFormatUnknown", "not that of a safetensors")]
    [InlineData("dtype", "\"F16\"", "ModelFormatUnknown", "F16")]
    public void Damaged_entries_are_refused(string property, string value, string fault, string says)
    {
        Rewrite(header => header["gate1.psi.weight"]![property] = JsonNode.Parse(value));
        Refused(Enum.Parse<Fault>(fault), says);
    }

    [Fact]
    public void Weights_under_another_name_are_refused()
    {
        Rewrite(header =>
        {
            JsonNode entry = header["gate1.psi.weight"]!;
            header.Remove("gate1.psi.weight");
            header["gate9.psi.weight"] = entry;
        });
        Refused(Fault.ModelPlanMismatch, "'gate1.psi.weight' are missing");
    }

    [Fact]
    public void Weights_the_network_does_not_have_are_refused()
    {
        ModelWeights weights = TestModels.Weights(TestModels.Small);
        var more = new ModelWeights([.. weights.Tensors, new WeightTensor(new WeightShape("extra.weight", 2), new float[2])]);
        ModelFile.Write(TestModels.Model(weights: more), FilePath);
        Refused(Fault.ModelPlanMismatch, "'extra.weight'");
    }

    [Fact]
    public void Name_given_twice_is_refused()
    {
        ModelFile.Write(TestModels.Model(), FilePath);
        string text = Encoding.Latin1.GetString(File.ReadAllBytes(FilePath));
        File.WriteAllBytes(
            FilePath, Encoding.Latin1.GetBytes(text.Replace("\"gate1.phi.weight\"", "\"gate1.psi.weight\"", StringComparison.Ordinal)));
        Refused(Fault.ModelFormatUnknown, "not that of a safetensors");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Weights_that_are_no_numbers_are_refused(float value)
    {
        ModelWeights weights = TestModels.Weights(TestModels.Small);
        weights.Find("up0.bias")!.Values[1] = value;
        ModelFile.Write(TestModels.Model(weights: weights), FilePath);
        Refused(Fault.ModelFormatUnknown, "'up0.bias'");
    }

    [Fact]
    public void One_flipped_bit_in_the_weights_is_noticed()
    {
        ModelFile.Write(TestModels.Model(), FilePath);
        byte[] file = File.ReadAllBytes(FilePath);
        file[^3] ^= 1;
        File.WriteAllBytes(FilePath, file);
        Refused(Fault.ModelFormatUnknown, "SHA-256");
    }

    [Theory]
    [InlineData("formatVersion", "2", "ModelFormatUnknown", "format version")]
    [InlineData("formatVersion", "\"1\"", "ModelFormatUnknown", "format version")]
    [InlineData("network", "{\"kind\":\"AttentionUNet\",\"filters\":8,\"stages\":3,\"classes\":2,\"pancreasChannel\":1,\"norm\":\"None\"}",
        "ModelPlanMismatch", "do not fit")]
    [InlineData("network", "{\"kind\":\"AttentionUNet\",\"filters\":0,\"stages\":3,\"classes\":2,\"pancreasChannel\":1,\"norm\":\"None\"}",
        "ModelPlanMismatch", "filters")]
    [InlineData("network", "{\"kind\":\"Transformer\",\"filters\":4,\"stages\":3,\"classes\":2,\"pancreasChannel\":1,\"norm\":\"None\"}",
        "ModelFormatUnknown", "description")]
    [InlineData("network", "null", "ModelFormatUnknown", "description")]
    [InlineData("plan",
        "{\"size\":null,\"spacing\":null,\"windowLow\":-100,\"windowHigh\":200,\"interpolation\":\"Linear\",\"normalization\":\"Window\",\"orientation\":\"Patient\",\"transpose\":false}", "ModelPlanMismatch", "size or a spacing")]
    [InlineData("plan",
        "{\"size\":null,\"spacing\":[1,1],\"windowLow\":-100,\"windowHigh\":200,\"interpolation\":\"Linear\",\"normalization\":\"Window\",\"orientation\":\"Patient\",\"transpose\":false}", "ModelPlanMismatch", "spacing")]
    [InlineData("plan",
        "{\"size\":null,\"spacing\":[1,1,1],\"windowLow\":-100,\"windowHigh\":200,\"interpolation\":\"Linear\",\"normalization\":\"Window\",\"orientation\":\"Patient\",\"transpose\":false,\"gamma\":2}", "ModelFormatUnknown", "description")]
    [InlineData("plan",
        "{\"size\":null,\"spacing\":[1,1,1],\"windowLow\":-100,\"interpolation\":\"Linear\",\"normalization\":\"Window\",\"orientation\":\"Patient\",\"transpose\":false}", "ModelFormatUnknown", "description")]
    [InlineData("plan", "{\"size\":null,\"spacing\":[1,1,1],\"windowLow\":-100,\"windowHigh\":200}", "ModelFormatUnknown", "description")]
    [InlineData("plan",
        "{\"size\":null,\"spacing\":[1,1,1],\"windowLow\":-100,\"windowHigh\":200,\"interpolation\":\"Nearest\",\"normalization\":\"Window\",\"orientation\":\"Patient\",\"transpose\":false}", "ModelPlanMismatch", "nearest")]
    [InlineData("network", "{\"kind\":\"SliceUNet\",\"filters\":4,\"stages\":3,\"classes\":2,\"pancreasChannel\":1,\"norm\":\"None\"}",
        "ModelPlanMismatch", "five stages")]
    [InlineData("threshold", "1.5", "ModelFormatUnknown", "threshold")]
    [InlineData("curve", "[null]", "ModelFormatUnknown", "description")]
    [InlineData("classNames", "[\"background\"]", "ModelFormatUnknown", "description")]
    [InlineData("classNames", "[\"background\", null]", "ModelFormatUnknown", "description")]
    [InlineData("surprise", "1", "ModelFormatUnknown", "description")]
    public void Descriptions_that_cannot_be_followed_are_refused(string property, string value, string fault, string says)
    {
        RewriteDescription(description => description[property] = JsonNode.Parse(value));
        Refused(Enum.Parse<Fault>(fault), says);
    }

    [Theory]
    [InlineData("windowHigh", "210")]
    [InlineData("windowLow", "-99")]
    public void An_edited_description_is_noticed_and_one_of_an_earlier_version_read(string property, string value)
    {
        RewriteDescription(description => description["plan"]![property] = JsonNode.Parse(value));
        Refused(Fault.ModelFormatUnknown, "not the one it was written with");
        Rewrite(header => header["__metadata__"]!.AsObject().Remove("pancreasseg.description.sha256"));
        Assert.Equal(TestModels.Model().Sha256, ModelFile.Read(FilePath).Sha256);
    }

    [Theory]
    [InlineData("plan")]
    [InlineData("network")]
    [InlineData("sha256")]
    [InlineData("license")]
    public void Description_without_a_part_is_refused(string property)
    {
        RewriteDescription(description => description.Remove(property));
        Refused(Fault.ModelFormatUnknown, "description");
    }

    private void Refused(Fault fault, string says)
    {
        var error = Assert.Throws<CoreException>(() => ModelFile.Read(FilePath));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Equal(fault, error.Fault);
    }

    private void RewriteDescription(Action<JsonObject> change) => Rewrite(header =>
    {
        JsonObject description = JsonNode.Parse((string)header["__metadata__"]!["pancreasseg"]!)!.AsObject();
        change(description);
        header["__metadata__"]!["pancreasseg"] = description.ToJsonString();
    });

    private void Rewrite(Action<JsonObject> change)
    {
        ModelFile.Write(TestModels.Model(), FilePath);
        byte[] file = File.ReadAllBytes(FilePath);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        JsonObject header = JsonNode.Parse(file.AsSpan(8, length))!.AsObject();
        change(header);
        byte[] text = Encoding.UTF8.GetBytes(header.ToJsonString());
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, text.Length);
        File.WriteAllBytes(FilePath, [.. prefix, .. text, .. file.AsSpan(8 + length)]);
    }
}
